-- Persons of the abuse desk, who sign in to its web page. Instants: Unix milliseconds.
CREATE TABLE desk_persons (
    name        TEXT PRIMARY KEY,
    role        TEXT NOT NULL CHECK (role IN ('viewer', 'desk', 'admin')),
    hash        TEXT NOT NULL,              -- of the password, as password_hash of an account
    password_at INTEGER NOT NULL,           -- a session that began with an older password ends
    created_at  INTEGER NOT NULL,
    who         TEXT NOT NULL               -- who made or changed it last
) STRICT;
