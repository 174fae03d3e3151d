"""Whether a mail is from its author: DKIM, SPF, alignment, tokens, the verdict."""
