-- Accounts are listed page by page, in the order of their names.

CREATE INDEX account_name ON account (name);
