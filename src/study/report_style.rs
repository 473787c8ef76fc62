//! The style sheet of the report.

/// CSS for the screen and for print.
pub(super) const STYLE: &str = "
:root { color-scheme: light; }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 62rem; padding: 2rem 1.5rem 4rem; background: #fff; color: #222;
  font: 16px/1.55 Georgia, 'DejaVu Serif', 'Times New Roman', serif; }
h1 { font-size: 2rem; line-height: 1.2; margin: 0 0 .4rem; }
h2 { font-size: 1.4rem; margin: 2.6rem 0 .6rem; padding-top: .6rem; border-top: 2px solid #222; }
p { margin: .6rem 0; max-width: 46rem; }
.lead { font-size: 1.1rem; color: #444; }
.definition { font-style: italic; color: #555; }
nav { margin: 1rem 0 0; font: 14px/1.8 'DejaVu Sans', Verdana, Helvetica, Arial, sans-serif; }
nav a { color: #0072b2; margin-right: 1rem; white-space: nowrap; }
figure { margin: 1.6rem 0; break-inside: avoid; }
figure svg { display: block; max-width: 100%; height: auto; }
figcaption { font: 13px/1.5 'DejaVu Sans', Verdana, Helvetica, Arial, sans-serif; color: #444; max-width: 46rem; margin-top: .4rem; }
.pair { display: grid; grid-template-columns: 38fr 54fr; column-gap: 2rem; align-items: start; }
.pair figure { margin: .8rem 0; }
figure.groups, figure.between_attributes { max-width: 38rem; }
table { border-collapse: collapse; margin: 1.6rem 0; width: 100%; break-inside: avoid;
  font: 13px/1.45 'DejaVu Sans', Verdana, Helvetica, Arial, sans-serif; }
caption { caption-side: top; text-align: left; color: #444; padding-bottom: .4rem; }
th, td { text-align: left; padding: .25rem .6rem .25rem 0; vertical-align: top; font-weight: normal; }
thead .number { white-space: normal; }
thead th { border-bottom: 1px solid #222; border-top: 1px solid #222; vertical-align: bottom; font-weight: bold; }
tbody { border-bottom: 1px solid #222; }
tr.first > td { border-top: 1px solid #ccc; }
.number { text-align: right; white-space: nowrap; font-variant-numeric: tabular-nums; }
.facts th { width: 12rem; color: #555; }
.facts { max-width: 46rem; border-top: 1px solid #222; }
.quality { max-width: 52rem; }
.quality td:last-child { padding-left: 1rem; color: #555; }
.quality th:last-child { padding-left: 1rem; }
dt { font-weight: bold; margin-top: .8rem; }
dd { margin: 0; max-width: 46rem; }
@media print {
  @page { size: A4; margin: 14mm; }
  body { max-width: none; padding: 0; font-size: 9.5pt; line-height: 1.4; }
  h1 { font-size: 20pt; }
  h2 { font-size: 13pt; margin: 6mm 0 1.5mm; padding-top: 2mm; break-after: avoid; }
  p { margin: 1.3mm 0; max-width: none; }
  dt { margin-top: 1.5mm; }
  dd { max-width: none; }
  nav { display: none; }
  a { color: inherit; text-decoration: none; }
  section.attribute, section#methods { break-before: page; }
  section.attribute > h2, section#methods > h2 { margin-top: 0; }
  figure { margin: 3mm 0; }
  figcaption { font-size: 7pt; line-height: 1.35; margin-top: 1mm; }
  figure.stem_regions, figure.stem_samples, figure.strongest_dimensions, figure.groups, figure.between_attributes
    { display: grid; grid-template-columns: 126mm 1fr; column-gap: 5mm; align-items: start; }
  figure.groups, figure.between_attributes { grid-template-columns: 108mm 1fr; max-width: none; }
  figure.stem_regions figcaption, figure.stem_samples figcaption, figure.strongest_dimensions figcaption, figure.groups figcaption,
    figure.between_attributes figcaption { margin-top: 5mm; max-width: none; }
  .pair { grid-template-columns: 73mm 103mm; column-gap: 6mm; break-inside: avoid; }
  .pair figure { margin: 2mm 0; }
  table { font-size: 7pt; margin: 3mm 0; }
  th, td { padding: .08rem .35rem .08rem 0; }
}
";
