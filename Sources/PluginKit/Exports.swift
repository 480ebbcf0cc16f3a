// A plugin's author speaks of documents, JSON and answers in every line: one import is to be enough.
@_exported public import DocumentModel
@_exported public import JSONSchema
@_exported public import PluginProtocol
