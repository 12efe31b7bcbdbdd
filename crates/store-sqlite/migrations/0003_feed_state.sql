-- Version 3: which life of the database the feed's positions belong to, and up to where the feed was pruned. A restore draws another
-- epoch, so that whoever followed the feed before it learns that it must load everything again.
CREATE TABLE feed_state (
    id INTEGER NOT NULL PRIMARY KEY CHECK (id = 1),
    epoch INTEGER NOT NULL CHECK (epoch >= 0),
    pruned INTEGER NOT NULL CHECK (pruned >= 0)
) STRICT;

INSERT INTO feed_state (id, epoch, pruned)
VALUES (1, random() & 9223372036854775807, 0);
