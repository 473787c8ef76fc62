//! The tables of a study as CSV.

use std::io::{self, Write};

use super::input::StudyInput;
use crate::attributes::STUDY_ATTRIBUTES;
use crate::study::{DimensionCorrelations, StudyData, StudyResults};

fn cell(value: Option<f64>) -> String {
    value.map(shortest_decimal).unwrap_or_default()
}

/// The shortest decimal that parses to the same number; very large and small numbers have an exponent.
fn shortest_decimal(value: f64) -> String {
    if value != 0.0 && (value.abs() < 1e-4 || value.abs() >= 1e16) {
        format!("{value:e}")
    } else {
        value.to_string()
    }
}

/// `tests.csv`.
pub(super) fn write_tests(out: &mut dyn Write, results: &StudyResults) -> io::Result<()> {
    let mut table = csv::Writer::from_writer(out);
    table.write_record(
        "attribute,pair,test,statistic,p,p_holm,p_bh,cliffs_delta,hedges_g,n1,n2".split(','),
    )?;
    for attribute in &results.attributes {
        for pair in attribute.groups.iter().flat_map(|groups| &groups.pairs) {
            for row in &pair.tests {
                table.write_record([
                    attribute.attribute.id.to_owned(),
                    pair.pair.clone(),
                    row.test.to_owned(),
                    cell(row.statistic),
                    cell(row.p),
                    cell(row.p_holm),
                    cell(row.p_bh),
                    cell(pair.cliffs_delta.map(|effect| effect.value)),
                    cell(pair.hedges_g.map(|effect| effect.value)),
                    pair.n1.to_string(),
                    pair.n2.to_string(),
                ])?;
            }
        }
    }
    table.flush()
}

/// `groups.csv`.
pub(super) fn write_groups(out: &mut dyn Write, results: &StudyResults) -> io::Result<()> {
    let mut table = csv::Writer::from_writer(out);
    table.write_record("attribute,group,value".split(','))?;
    for attribute in &results.attributes {
        for group in attribute.groups.iter().flat_map(|groups| &groups.groups) {
            for value in &group.values {
                table.write_record([
                    attribute.attribute.id,
                    group.name,
                    &shortest_decimal(*value),
                ])?;
            }
        }
    }
    table.flush()
}

/// `correlations.csv`.
pub(super) fn write_correlations(out: &mut dyn Write, results: &StudyResults) -> io::Result<()> {
    let mut table = csv::Writer::from_writer(out);
    table.write_record("attribute,over,dimension,n,pearson,p,p_holm,p_bh,spearman".split(','))?;
    for attribute in &results.attributes {
        let by_unit: [(&str, &DimensionCorrelations); 2] = [
            ("samples", &attribute.over_samples),
            ("regions", &attribute.over_regions),
        ];
        for (unit, correlations) in by_unit {
            for dimension in 0..correlations.pearson.len() {
                let cell_at = |list: &[Option<f64>]| cell(list.get(dimension).copied().flatten());
                table.write_record([
                    attribute.attribute.id.to_owned(),
                    unit.to_owned(),
                    dimension.to_string(),
                    correlations.n.to_string(),
                    cell_at(&correlations.pearson),
                    cell_at(&correlations.pearson_p),
                    cell_at(&correlations.pearson_p_holm),
                    cell_at(&correlations.pearson_p_bh),
                    cell_at(&correlations.spearman),
                ])?;
            }
        }
    }
    table.flush()
}

/// `between_attributes.csv`.
pub(super) fn write_between(out: &mut dyn Write, results: &StudyResults) -> io::Result<()> {
    let mut table = csv::Writer::from_writer(out);
    table.write_record("attribute,other,n,pearson,spearman".split(','))?;
    let correlations = &results.between_attributes;
    for (i, attribute) in correlations.ids.iter().enumerate() {
        for (j, other) in correlations.ids.iter().enumerate() {
            table.write_record([
                (*attribute).to_owned(),
                (*other).to_owned(),
                correlations.n.to_string(),
                cell(correlations.pearson[i][j]),
                cell(correlations.spearman[i][j]),
            ])?;
        }
    }
    table.flush()
}

/// `overview.csv`: the attributes side by side, in attribute units.
pub(super) fn write_overview(out: &mut dyn Write, results: &StudyResults) -> io::Result<()> {
    let mut table = csv::Writer::from_writer(out);
    table.write_record("attribute,n,mean,sd,median,r2,axis_r2,largest_r_regions,chance_5_percent,chance_n,moran_i,cliffs_delta_low_high".split(','))?;
    for attribute in &results.attributes {
        let linear = attribute.linear.as_ref();
        let chance = attribute.over_regions.chance.as_ref();
        let mut pairs = attribute.groups.iter().flat_map(|groups| &groups.pairs);
        let low_high = pairs.find(|pair| pair.pair == "low-high");
        table.write_record([
            attribute.attribute.id.to_owned(),
            attribute.n.to_string(),
            cell(attribute.mean),
            cell(attribute.sd),
            cell(attribute.median),
            cell(linear.map(|linear| linear.r2)),
            cell(linear.and_then(|linear| linear.axis_r2)),
            shortest_decimal(attribute.over_regions.max_abs_r()),
            cell(chance.map(|chance| chance.upper_5_percent)),
            chance.map_or(String::new(), |chance| chance.n.to_string()),
            cell(attribute.autocorrelation.map(|map| map.moran_i)),
            cell(low_high.and_then(|pair| pair.cliffs_delta).map(|d| d.value)),
        ])?;
    }
    table.flush()
}

/// `map_quality.csv`: the quality of the map, then Moran's I of each attribute.
pub(super) fn write_map_quality(out: &mut dyn Write, results: &StudyResults) -> io::Result<()> {
    let mut table = csv::Writer::from_writer(out);
    table.write_record("measure,attribute,n,value,chance,p,p_holm".split(','))?;
    for (measure, value, chance, n) in results.map.rows() {
        table.write_record([
            measure,
            "",
            &n.to_string(),
            &shortest_decimal(value),
            &shortest_decimal(chance),
            "",
            "",
        ])?;
    }
    for attribute in &results.attributes {
        if let Some(spatial) = &attribute.autocorrelation {
            table.write_record([
                "moran_i",
                attribute.attribute.id,
                &spatial.n.to_string(),
                &shortest_decimal(spatial.moran_i),
                &shortest_decimal(spatial.expected),
                &shortest_decimal(spatial.p),
                &shortest_decimal(spatial.p_holm),
            ])?;
        }
    }
    table.flush()
}

/// `attributes.csv`.
pub(super) fn write_attributes(out: &mut dyn Write, input: &StudyInput) -> io::Result<()> {
    let mut table = csv::Writer::from_writer(out);
    let first_columns = ["region", "sample", "empty", "notes"].into_iter();
    let ids = STUDY_ATTRIBUTES.iter().map(|attribute| attribute.id);
    table.write_record(first_columns.chain(ids).chain(["map_x", "map_y"]))?;
    let data = &input.data;
    for (index, (region, sample)) in numbered_samples(data).into_iter().enumerate() {
        let first_value = data.columns.first().and_then(|column| column[index]);
        let mut record = vec![
            region.to_string(),
            sample.to_string(),
            first_value.is_none().to_string(),
            input.note_counts[index].to_string(),
        ];
        record.extend(data.columns.iter().map(|column| cell(column[index])));
        record.extend(input.positions[index].map(shortest_decimal));
        table.write_record(record)?;
    }
    table.flush()
}

/// `regions.csv`.
pub(super) fn write_regions(out: &mut dyn Write, data: &StudyData) -> io::Result<()> {
    let mut table = csv::Writer::from_writer(out);
    let first_columns = ["region", "samples", "empty"].into_iter();
    let ids = STUDY_ATTRIBUTES.iter().map(|attribute| attribute.id);
    table.write_record(first_columns.chain(ids).chain(["map_x", "map_y"]))?;
    let means: Vec<Vec<Option<f64>>> = (0..data.columns.len())
        .map(|attribute| data.region_means(attribute))
        .collect();
    let mut counts = vec![(0_usize, 0_usize); data.region_centres.len()];
    for (index, region) in data.regions.iter().enumerate() {
        if let Some(count) = counts.get_mut(*region as usize) {
            count.0 += 1;
            count.1 += usize::from(data.columns.first().is_none_or(|c| c[index].is_none()));
        }
    }
    for (region, ((samples, empty), point)) in counts.iter().zip(&data.map.points).enumerate() {
        let mut record = vec![region.to_string(), samples.to_string(), empty.to_string()];
        record.extend(means.iter().map(|means| cell(means[region])));
        record.extend(point.map(shortest_decimal));
        table.write_record(record)?;
    }
    table.flush()
}

/// Region of each sample, and its number in the region.
pub(super) fn numbered_samples(data: &StudyData) -> Vec<(u32, u32)> {
    let mut numbers = Vec::with_capacity(data.len());
    for block in data.regions.chunk_by(|a, b| a == b) {
        numbers.extend((0..).zip(block).map(|(sample, region)| (*region, sample)));
    }
    numbers
}
