"""Replies: their words, their layout, their bytes."""
