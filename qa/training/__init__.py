"""The program that trains the reader: `python -m qa.training --data FOLDER --out FOLDER`.

It needs `pip install 'onrecord[training]'`, which nothing else does.

In reading order: `rows` (the data sets), `reuters` and `news` (questions over news, asked of an
archive), `recipe` (what is trained on), `batches` (rows as tensors), `loss`, `base` (the network to
begin with), `train` (the loop, its checkpoints), `fit` (the weights that join the model with the
search).
"""
