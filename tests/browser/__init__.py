"""What a mail contains, shown by a real browser: nothing of it runs, and nothing is fetched from anybody else."""
