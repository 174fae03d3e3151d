"""From a stored mail to its recorded outcome."""
