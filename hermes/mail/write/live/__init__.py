"""What replies say about going live, in each language."""
