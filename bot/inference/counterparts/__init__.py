"""What stands in for models offline: word lists, rules and counts. Each is pure, gives the same for the same, and says
honestly what it is; `offline_tasks.py` makes a backend of them."""
