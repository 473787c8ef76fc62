# %% [markdown]
# # A Tunescape study in Python
# `jupytext --to ipynb study_notebook.py` makes a notebook of this file; `python study_notebook.py DIR` runs it as it is.

# %%
import sys
from pathlib import Path

import matplotlib.pyplot as plt
import pandas as pd

study = Path(sys.argv[1] if len(sys.argv) > 1 else "study")
attribute = sys.argv[2] if len(sys.argv) > 2 else "note_density"
melodies = pd.read_parquet(study / "study.parquet")
print(melodies[["id", "map_x", "map_y", attribute, "notes"]].head())

# %% Correlation of the attribute with each latent dimension
correlations = pd.read_csv(study / "correlations.csv").query("attribute == @attribute and over == 'samples'")
plt.stem(correlations.dimension, correlations.pearson, markerfmt=".")
plt.savefig("correlations.png")

# %% The map of the regions' means, with filled contours
regions = pd.read_parquet(study / "map.parquet").dropna(subset=[attribute])
plt.figure()
filled = plt.tricontourf(regions.map_x, regions.map_y, regions[attribute], levels=12)
plt.colorbar(filled, label=attribute)
plt.savefig("map.png")

# %% The attribute around its low, mid and high regions
groups = pd.read_csv(study / "groups.csv").query("attribute == @attribute")
groups.pivot(columns="group", values="value").plot.hist(bins=20, alpha=0.5, density=True, xlabel=attribute)
plt.savefig("groups.png")
