"""One suite for each port; an adapter passes it by ten lines of fixture."""
