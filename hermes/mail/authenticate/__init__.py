"""Verifies the author of a mail: DKIM, SPF, alignment, tokens, the verdict."""
