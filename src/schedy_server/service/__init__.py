"""What a user can do, one function each, run inside one transaction."""
