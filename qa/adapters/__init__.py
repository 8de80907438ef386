"""The archive as a retriever of LangChain, LlamaIndex or Haystack: one module each.

Each gives `passages` as they stand in the articles, and what it takes to cite them: where in the
text they are, and who published it and when. The frameworks are extras: `onrecord[langchain]`,
`onrecord[llamaindex]`, `onrecord[haystack]`.
"""
