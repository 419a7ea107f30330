-- Accounts of external authorities: who it is there, what its groups map to beside what the operator granted, and when
-- the password whose hash stands in `password` was confirmed last.
ALTER TABLE account ADD COLUMN external_id TEXT;
ALTER TABLE account ADD COLUMN mapped_roles INTEGER NOT NULL DEFAULT 0;
ALTER TABLE account ADD COLUMN verified INTEGER;

-- A membership may be granted, mapped, or both; one that is neither is deleted.
ALTER TABLE membership ADD COLUMN granted INTEGER NOT NULL DEFAULT 1;
ALTER TABLE membership ADD COLUMN mapped INTEGER NOT NULL DEFAULT 0;
