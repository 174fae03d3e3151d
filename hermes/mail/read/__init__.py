"""From the parts of a mail to what its author wrote now and asks for."""
