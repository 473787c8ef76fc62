//! Tables of a session file.

use crate::session::database::Schema;

/// The tables. The id is "TSss" in ASCII.
pub(super) const SCHEMA: Schema = Schema {
    application_id: 0x5453_7373,
    migrations: &[VERSION_1, VERSION_2, VERSION_3, VERSION_4, VERSION_5],
};

pub(super) const VERSION_1: &str = "
    -- One row.
    CREATE TABLE window (
        one INTEGER PRIMARY KEY CHECK (one = 1),
        -- How the window was left: JSON.
        view TEXT NOT NULL,
        -- The library that kept_melody has copies of.
        library_id TEXT,
        app_version TEXT NOT NULL
    ) STRICT;
    CREATE TABLE map (
        number INTEGER PRIMARY KEY,
        -- JSON: name, hash of the weights, sizes.
        model TEXT NOT NULL,
        -- JSON: the settings of the sweep.
        config TEXT NOT NULL,
        -- Little-endian f32: regions x latent size.
        centres BLOB NOT NULL,
        sigma REAL NOT NULL,
        -- Little-endian f64: regions x 2.
        region_positions BLOB NOT NULL,
        region_stress REAL NOT NULL,
        region_iterations INTEGER NOT NULL,
        -- Little-endian f64: stress, neighbours kept, neighbours kept by chance.
        region_quality BLOB NOT NULL,
        mean_square_distance REAL NOT NULL,
        -- How the map was left: JSON.
        view TEXT NOT NULL
    ) STRICT;
    -- Melodies of the sweep: centres, then samples region by region.
    CREATE TABLE swept (
        map INTEGER PRIMARY KEY REFERENCES map (number) ON DELETE CASCADE,
        -- One byte per melody of the plan, 1 where it is decoded; NULL if all are.
        decoded BLOB,
        -- One byte per sixteenth step: 0 hold, 1 note-off, p - 19 the note-on of MIDI pitch p.
        tokens BLOB NOT NULL,
        -- Ids of the attributes, separated by spaces.
        attribute_ids TEXT NOT NULL,
        -- Little-endian f64: melodies x attributes, not-a-number for melodies without notes.
        attributes BLOB NOT NULL
    ) STRICT;
    -- Positions of the melodies in swept.
    CREATE TABLE layout (
        map INTEGER PRIMARY KEY REFERENCES map (number) ON DELETE CASCADE,
        kind TEXT NOT NULL,
        -- Little-endian f64: melodies x 2.
        positions BLOB NOT NULL
    ) STRICT;
    -- Steered, explored, blended, imported and drawn melodies.
    CREATE TABLE melody_set (
        map INTEGER NOT NULL REFERENCES map (number) ON DELETE CASCADE,
        -- 'steered', 'own', 'around', 'between' or 'path'.
        kind TEXT NOT NULL,
        number INTEGER NOT NULL,
        -- Names, sources and the like: JSON.
        details TEXT NOT NULL,
        -- Steps per melody.
        steps INTEGER NOT NULL,
        tokens BLOB NOT NULL,
        reconstructions BLOB,
        -- Little-endian f32: melodies x latent size.
        latents BLOB NOT NULL,
        positions BLOB NOT NULL,
        PRIMARY KEY (map, kind, number)
    ) STRICT;
    -- Copies of the kept melodies, in the columns of the library.
    CREATE TABLE kept_melody (
        number INTEGER PRIMARY KEY,
        name TEXT NOT NULL,
        tokens BLOB NOT NULL,
        latent BLOB,
        weights_hash TEXT NOT NULL,
        seed TEXT NOT NULL,
        melody_id TEXT NOT NULL,
        app_version TEXT NOT NULL,
        marked INTEGER NOT NULL CHECK (marked IN (0, 1)),
        kept_at_ms INTEGER NOT NULL
    ) STRICT;
    CREATE UNIQUE INDEX kept_melody_identity
        ON kept_melody (weights_hash, seed, melody_id, tokens);
    ";

/// The play history.
pub(super) const VERSION_2: &str = "
    CREATE TABLE heard_melody (
        -- Counts up in the order of hearing.
        number INTEGER PRIMARY KEY,
        -- The map that it was on, if it was on one; the map may be gone.
        map INTEGER,
        name TEXT NOT NULL,
        tokens BLOB NOT NULL,
        latent BLOB,
        weights_hash TEXT NOT NULL,
        seed TEXT NOT NULL,
        melody_id TEXT NOT NULL,
        app_version TEXT NOT NULL,
        marked INTEGER NOT NULL CHECK (marked IN (0, 1)),
        -- When it was heard.
        kept_at_ms INTEGER NOT NULL
    ) STRICT;
    ";

/// The timeline, and the columns of the library for the annotations of kept melodies.
pub(super) const VERSION_3: &str = "
    CREATE TABLE piece_block (
        number INTEGER PRIMARY KEY,
        -- In the row, from 0.
        position INTEGER NOT NULL,
        repeats INTEGER NOT NULL,
        -- Semitones.
        transposition INTEGER NOT NULL,
        -- NULL if it follows from the notes.
        label TEXT,
        -- Whether a loop begins or ends there.
        loop_end INTEGER NOT NULL CHECK (loop_end IN (0, 1)),
        -- The melody, before repeats and transposition, in the columns of the library.
        name TEXT NOT NULL,
        tokens BLOB NOT NULL,
        latent BLOB,
        weights_hash TEXT NOT NULL,
        seed TEXT NOT NULL,
        melody_id TEXT NOT NULL,
        app_version TEXT NOT NULL,
        marked INTEGER NOT NULL CHECK (marked IN (0, 1)),
        kept_at_ms INTEGER NOT NULL
    ) STRICT;
    ALTER TABLE kept_melody ADD COLUMN stars INTEGER NOT NULL DEFAULT 0 CHECK (stars BETWEEN 0 AND 5);
    ALTER TABLE kept_melody ADD COLUMN tags TEXT NOT NULL DEFAULT '[]';
    ALTER TABLE kept_melody ADD COLUMN place REAL;
    ";

/// The column of the library for the origin of an edited melody, as text; NULL for others.
const VERSION_4: &str = "
    ALTER TABLE kept_melody ADD COLUMN origin TEXT;
    ALTER TABLE heard_melody ADD COLUMN origin TEXT;
    ALTER TABLE piece_block ADD COLUMN origin TEXT;
    ";

/// The letter of a block of the timeline: its automatic label. NULL for a block with a label of its own, and for blocks of earlier
/// versions, which get letters when they are read.
const VERSION_5: &str = "
    ALTER TABLE piece_block ADD COLUMN letter TEXT;
    ";
