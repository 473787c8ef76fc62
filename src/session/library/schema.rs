//! Tables of the library and their versions.

use crate::session::database::Schema;

/// The tables. The id is "TScp" in ASCII.
pub(super) const SCHEMA: Schema = Schema {
    application_id: 0x5453_6370,
    migrations: &[VERSION_1, VERSION_2, VERSION_3, VERSION_4],
};

const VERSION_1: &str = "
    CREATE TABLE kept_melody (
        -- Never used twice, so that a number in one window never means another melody in the next.
        number INTEGER PRIMARY KEY AUTOINCREMENT,
        name TEXT NOT NULL,
        -- One byte per sixteenth step: 0 hold, 1 note-off, p - 19 the note-on of MIDI pitch p.
        tokens BLOB NOT NULL,
        -- Little-endian f32, in prior standard deviations.
        latent BLOB,
        weights_hash TEXT NOT NULL,
        -- Decimal: seeds are unsigned 64-bit numbers, which SQLite has not.
        seed TEXT NOT NULL,
        -- JSON.
        melody_id TEXT NOT NULL,
        app_version TEXT NOT NULL,
        marked INTEGER NOT NULL CHECK (marked IN (0, 1)),
        -- Milliseconds since 1970 UTC.
        kept_at_ms INTEGER NOT NULL
    ) STRICT;
    CREATE UNIQUE INDEX kept_melody_identity
        ON kept_melody (weights_hash, seed, melody_id, tokens);
    -- Kept melodies of the settings file of earlier versions that were taken over.
    CREATE TABLE takeover (
        text_sha256 TEXT PRIMARY KEY,
        taken_at_ms INTEGER NOT NULL,
        melodies INTEGER NOT NULL,
        unreadable INTEGER NOT NULL
    ) STRICT;
    ";

/// A random id of the library. Session files store it with their copies of the kept melodies.
const VERSION_2: &str = "
    CREATE TABLE library_identity (id TEXT NOT NULL) STRICT;
    INSERT INTO library_identity VALUES (lower(hex(randomblob(16))));
    ";

/// The annotations of a melody.
const VERSION_3: &str = "
    ALTER TABLE kept_melody ADD COLUMN stars INTEGER NOT NULL DEFAULT 0 CHECK (stars BETWEEN 0 AND 5);
    -- JSON: a list of texts.
    ALTER TABLE kept_melody ADD COLUMN tags TEXT NOT NULL DEFAULT '[]';
    -- Place among the others where the user has moved it; without one it is its number.
    ALTER TABLE kept_melody ADD COLUMN place REAL;
    ";

/// A description of where an edited melody comes from; NULL for others.
const VERSION_4: &str = "
    ALTER TABLE kept_melody ADD COLUMN origin TEXT;
    ";
