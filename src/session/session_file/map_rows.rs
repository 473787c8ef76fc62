//! Maps: plan, melodies and positions.

use std::sync::Arc;

use rusqlite::{Connection, OptionalExtension as _, Row, named_params};

use super::contents::{StoredMap, SweptMelodies};
use super::melody_blobs::{conversion_error, invalid_row_error, melodies, token_bytes};
use super::set_rows;
use crate::attributes::{ATTRIBUTES, AttributeRow};
use crate::embedding::{MdsLayout, RegionMapQuality};
use crate::session::database::{
    latent_bytes, latent_point, position_bytes, positions, value_bytes, values,
};
use crate::sweep::{LayoutKind, MelodyEntry, MelodyId, SweepConfig, SweepPlan};

fn to_json<T: serde::Serialize>(value: &T) -> rusqlite::Result<String> {
    serde_json::to_string(value).map_err(conversion_error)
}

fn from_json<T: serde::de::DeserializeOwned>(text: &str) -> rusqlite::Result<T> {
    serde_json::from_str(text).map_err(invalid_row_error)
}

/// The ids of all attributes, separated by spaces, as stored with their values.
fn attribute_ids() -> String {
    let ids: Vec<&str> = ATTRIBUTES.iter().map(|attribute| attribute.id).collect();
    ids.join(" ")
}

/// Writes a map with its melodies; its sets and its view stay as they are.
pub(super) fn write(connection: &Connection, map: &StoredMap) -> rusqlite::Result<()> {
    let plan = &map.plan;
    let quality = plan.quality;
    let quality = [
        quality.stress,
        quality.neighbours_kept,
        quality.neighbours_chance,
    ];
    connection.execute(
        "INSERT INTO map (number, model, config, centres, sigma, region_positions, region_stress, \
         region_iterations, region_quality, mean_square_distance, view) \
         VALUES (:number, :model, :config, :centres, :sigma, :positions, :stress, :iterations, \
         :quality, :distance, :view) \
         ON CONFLICT (number) DO UPDATE SET model = :model, config = :config, centres = :centres, \
         sigma = :sigma, region_positions = :positions, region_stress = :stress, \
         region_iterations = :iterations, region_quality = :quality, mean_square_distance = :distance",
        named_params! {
            ":number": map.number,
            ":model": to_json(&map.model)?,
            ":config": to_json(&plan.config)?,
            ":centres": plan.region_centres.iter().flat_map(latent_bytes).collect::<Vec<u8>>(),
            ":sigma": plan.sigma,
            ":positions": position_bytes(plan.map.points.iter().copied()),
            ":stress": plan.map.stress,
            ":iterations": i64::try_from(plan.map.iterations).unwrap_or(i64::MAX),
            ":quality": value_bytes(quality),
            ":distance": plan.mean_square_distance(),
            ":view": map.view,
        },
    )?;
    write_swept(connection, map)?;
    let layout = map.swept.layout;
    write_positions(connection, map.number, layout, &map.swept.positions())
}

/// The ids of all melodies of a plan in the order in which `swept` stores them.
fn melody_ids(plan: &SweepPlan) -> impl Iterator<Item = MelodyId> + use<> {
    let centres = (0..plan.config.regions).map(|region| MelodyId::Centre { region });
    centres.chain(plan.sample_ids())
}

fn write_swept(connection: &Connection, map: &StoredMap) -> rusqlite::Result<()> {
    let entries = &map.swept.entries;
    let total = usize::try_from(map.plan.config.melodies()).map_err(conversion_error)?;
    let decoded_flags = (entries.len() != total).then(|| {
        let mut remaining = entries.iter().peekable();
        let decoded_flag = |id| u8::from(remaining.next_if(|entry| entry.id == id).is_some());
        melody_ids(&map.plan).map(decoded_flag).collect::<Vec<u8>>()
    });
    let decoded_count = decoded_flags.as_ref().map_or(total, |flags| {
        flags.iter().map(|byte| usize::from(*byte)).sum()
    });
    if decoded_count != entries.len() {
        return Err(conversion_error("melodies of a sweep are in another order"));
    }
    let no_attributes = [f64::NAN; ATTRIBUTES.len()];
    let rows = entries
        .iter()
        .flat_map(|entry| entry.attributes.values().unwrap_or(&no_attributes).to_vec());
    connection.execute(
        "INSERT OR REPLACE INTO swept (map, decoded, tokens, attribute_ids, attributes) \
         VALUES (:map, :decoded, :tokens, :ids, :attributes)",
        named_params! {
            ":map": map.number,
            ":decoded": decoded_flags,
            ":tokens": token_bytes(entries.iter().map(|entry| &entry.melody), map.model.steps)?,
            ":ids": attribute_ids(),
            ":attributes": value_bytes(rows),
        },
    )?;
    Ok(())
}

/// Writes the positions of all swept melodies, if the map is there.
pub(super) fn write_positions(
    connection: &Connection,
    map: u32,
    layout: LayoutKind,
    melody_positions: &[[f64; 2]],
) -> rusqlite::Result<()> {
    connection.execute(
        "INSERT OR REPLACE INTO layout (map, kind, positions) \
         SELECT number, :kind, :positions FROM map WHERE number = :map",
        named_params! {
            ":map": map,
            ":kind": String::from(layout),
            ":positions": position_bytes(melody_positions.iter().copied()),
        },
    )?;
    Ok(())
}

/// Writes the state of a map's view.
pub(super) fn write_view(connection: &Connection, map: u32, view: &str) -> rusqlite::Result<()> {
    connection.execute("UPDATE map SET view = ?2 WHERE number = ?1", (map, view))?;
    Ok(())
}

/// Removes a map with everything on it.
pub(super) fn remove(connection: &Connection, map: u32) -> rusqlite::Result<()> {
    for table in ["swept", "layout", "melody_set"] {
        connection.execute(&format!("DELETE FROM {table} WHERE map = ?1"), [map])?;
    }
    connection.execute("DELETE FROM map WHERE number = ?1", [map])?;
    Ok(())
}

/// Reads all maps, and the number of maps and sets that could not be read.
pub(super) fn read_all(connection: &Connection) -> rusqlite::Result<(Vec<StoredMap>, usize)> {
    let mut statement = connection.prepare("SELECT * FROM map ORDER BY number")?;
    let mut rows = statement.query([])?;
    let (mut maps, mut failed_count) = (Vec::new(), 0);
    while let Some(row) = rows.next()? {
        match read(connection, row) {
            Ok((map, failed_sets)) => {
                maps.push(map);
                failed_count += failed_sets;
            }
            Err(error) if error.sqlite_error_code().is_some() => return Err(error),
            Err(error) => {
                tracing::warn!("a map of the session could not be read: {error}");
                failed_count += 1;
            }
        }
    }
    Ok((maps, failed_count))
}

fn read(connection: &Connection, row: &Row<'_>) -> rusqlite::Result<(StoredMap, usize)> {
    let number: u32 = row.get("number")?;
    let model: super::contents::StoredModel = from_json(&row.get::<_, String>("model")?)?;
    let plan = Arc::new(read_plan(row, model.latent_size)?);
    let swept = read_swept(connection, number, &plan, model.steps)?;
    let (sets, failed_sets) = set_rows::read_all(connection, number)?;
    let map = StoredMap {
        number,
        model,
        plan,
        swept,
        sets,
        view: row.get("view")?,
    };
    Ok((map, failed_sets))
}

fn read_plan(row: &Row<'_>, latent_size: usize) -> rusqlite::Result<SweepPlan> {
    let config: SweepConfig = from_json(&row.get::<_, String>("config")?)?;
    let centres: Vec<u8> = row.get("centres")?;
    let bytes_per_centre = 4 * latent_size;
    if bytes_per_centre == 0 || centres.len() != config.regions as usize * bytes_per_centre {
        return Err(invalid_row_error("centres of regions are missing"));
    }
    let quality = values(&row.get::<_, Vec<u8>>("region_quality")?);
    let &[stress, neighbours_kept, neighbours_chance] = quality.as_slice() else {
        return Err(invalid_row_error(
            "the quality of the map of the regions is missing",
        ));
    };
    let map = MdsLayout {
        points: positions(&row.get::<_, Vec<u8>>("region_positions")?),
        stress: row.get("region_stress")?,
        iterations: row.get::<_, u32>("region_iterations")? as usize,
    };
    SweepPlan::from_parts(
        config,
        centres
            .chunks_exact(bytes_per_centre)
            .map(latent_point)
            .collect(),
        row.get("sigma")?,
        map,
        RegionMapQuality {
            stress,
            neighbours_kept,
            neighbours_chance,
        },
        row.get("mean_square_distance")?,
    )
    .map_err(invalid_row_error)
}

fn read_swept(
    connection: &Connection,
    map: u32,
    plan: &SweepPlan,
    steps: usize,
) -> rusqlite::Result<SweptMelodies> {
    let layout = connection
        .query_row(
            "SELECT kind, positions FROM layout WHERE map = ?1",
            [map],
            |row| Ok((row.get::<_, String>(0)?, row.get::<_, Vec<u8>>(1)?)),
        )
        .optional()?;
    let (kind, melody_positions) = layout.unwrap_or_default();
    let melody_positions = positions(&melody_positions);
    let mut statement = connection
        .prepare("SELECT decoded, tokens, attribute_ids, attributes FROM swept WHERE map = ?1")?;
    let mut rows = statement.query([map])?;
    let Some(row) = rows.next()? else {
        return Ok(SweptMelodies::default());
    };
    let decoded_flags: Option<Vec<u8>> = row.get("decoded")?;
    let decoded_melodies = melodies(&row.get::<_, Vec<u8>>("tokens")?, steps)?;
    let ids: Vec<MelodyId> = match &decoded_flags {
        None => melody_ids(plan).collect(),
        Some(flags) => {
            let decoded_ids = melody_ids(plan).zip(flags).filter(|(_, byte)| **byte != 0);
            decoded_ids.map(|(id, _)| id).collect()
        }
    };
    if ids.len() != decoded_melodies.len() || melody_positions.len() != decoded_melodies.len() {
        return Err(invalid_row_error(
            "melodies or positions of a sweep are missing",
        ));
    }
    // Values of a version with other attributes are measured again.
    let has_present_attributes = row.get::<_, String>("attribute_ids")? == attribute_ids();
    let stored_values = if has_present_attributes {
        values(&row.get::<_, Vec<u8>>("attributes")?)
    } else {
        Vec::new()
    };
    let mut stored_rows = stored_values.chunks_exact(ATTRIBUTES.len());
    let mut entries = Vec::with_capacity(ids.len());
    for ((id, melody), position) in ids.into_iter().zip(decoded_melodies).zip(melody_positions) {
        let row = stored_rows.next().and_then(|row| {
            let is_empty = row.iter().all(|value| value.is_nan());
            AttributeRow::from_values((!is_empty).then_some(row))
        });
        entries.push(MelodyEntry {
            id,
            attributes: row.unwrap_or_else(|| AttributeRow::measure(&melody)),
            melody,
            position,
        });
    }
    Ok(SweptMelodies {
        layout: kind.parse().unwrap_or_default(),
        entries,
    })
}
