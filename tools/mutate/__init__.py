"""What `make mutate` runs; no part of the program."""
