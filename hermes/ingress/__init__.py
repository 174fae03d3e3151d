"""The ways in. Each stores the raw mail and its pointers through `mail_store.MailStore`, then acknowledges, and does nothing else.

SES needs no code here: it stores the mail itself, and `hermes.domain.pointer` reads its notification.
"""
