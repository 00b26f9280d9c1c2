import Clients
import Contract
import Server

enum TypesCommand: Subcommand {
  private enum Language: String, CaseIterable {
    case typescript
    case python
    case jsonSchema = "json-schema"
  }

  static let description = CommandDescription(
    "Print a typed client, or the types as JSON Schema.",
    forms: [
      CommandForm(
        nil,
        Operand(
          "LANGUAGE", .words { Language.allCases.map(\.rawValue) },
          "one of typescript, python and json-schema"))
    ],
    paragraphs: [
      """
      typescript: roster types typescript > roster.ts, a module for Node and TypeScript 4.8 or later
      """,
      "python: roster types python > roster.py, a module for Python 3.11 or later, with asyncio",
      """
      Each starts roster serve and has a method for every method, with the types of its params and \
      its result. The module belongs to this version: generate it again after an update.
      """,
    ])

  static func run<Store: KeptStore>(_ options: Options, _ store: Store.Type) throws {
    guard let language = Language(rawValue: options.operands[0]) else {
      throw UsageError(
        "types needs one LANGUAGE: \(Language.allCases.map(\.rawValue).alternatives)")
    }
    let api = ServerCatalog.clientAPI
    switch language {
    case .typescript: Terminal.say(TypeScriptClient(api).text)
    case .python: Terminal.say(PythonClient(api).text)
    case .jsonSchema: Terminal.say(JSONSchemaTypes(api).text)
    }
  }
}
