"""The program that trains the reader: `python -m qa.training --data FOLDER --out FOLDER`.

It needs `pip install 'onrecord[training]'`, which nothing else does.

In reading order: `words` (text as whole words of word pieces), `rows` (the data sets), `swaps`
(questions made unanswerable), `recipe` (what is trained on, in which order), `batches` (rows as
tensors), `loss`, `train` (the loop, its checkpoints), `fit` (the weights that join the model with
the search).
"""
