"""From a word about going live to the command that does it, or to the question whether it may."""
