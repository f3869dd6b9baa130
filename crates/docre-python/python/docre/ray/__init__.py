"""docre on Ray, over many cores and machines.

`Extract` is for ``ray.data``; ``python -m docre.ray FROM INTO`` runs over a folder or Parquet files and
goes on where it was stopped; `compare` trains the rows of a comparison side by side.
"""

from .compare import compare
from .extract import Extract
from .folder import Done, extract_files

__all__ = ["Done", "Extract", "compare", "extract_files"]
