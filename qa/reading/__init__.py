"""A question and passages → the sentence that answers, the words in it that do, and how sure.

Reading order: `results` (what reading gives, and the protocol of what reads), `features` (a first
look at every sentence), `windows` (what is read together), `contexts` (in which form), `span_model`
(the network), `answer_types` (what is asked for), `answer_words` (whole words), `fitted` (the
weights that join them), `candidates`, `reader`; `model/` is the packaged network. Follows
extractive question answering after Devlin et al. 2019; leaves out search, and what is generated.
"""
