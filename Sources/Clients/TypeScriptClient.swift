internal import Contract

/// A client in TypeScript: the types of the API, and a class that calls a child process. TypeScript
/// 4.8 accepts it under `--strict`, without the types of Node.
public struct TypeScriptClient {
  private let api: ClientAPI

  public init(_ api: ClientAPI) { self.api = api }

  public var text: String {
    let types = api.enumerations.map { enumeration($0.name, $0.words) } + api.objects.map(object)
    let params = api.methods.map { object($0.paramsType, $0.params) }
    let classes = api.namespaces.map { namespaceClass($0.name, $0.methods) }
    let sections = [
      Self.header(api.version), types.joined(separator: "\n"), params.joined(separator: "\n"),
      methodMap, classes.joined(separator: "\n"), Self.errors, Self.node, Self.process(namespaces),
      Self.events,
    ]
    return sections.joined(separator: "\n")
  }

  private func enumeration(_ name: String, _ words: [String]) -> String {
    "export type \(name) =\n  | " + words.map(quoted).joined(separator: "\n  | ") + ";\n"
  }

  private func object(_ name: String, _ fields: [Field]) -> String {
    if fields.isEmpty { return "export type \(name) = { [name: string]: never };\n" }
    let isParams = name.ends(with: "Params")
    let lines = fields.map { field in
      """
        /** \(field.description) */
        \(field.name)\(field.isRequired ? "" : "?"): \(type(field.schema, isParam: isParams));

      """
    }
    return "export interface \(name) {\n\(lines.joined())}\n"
  }

  /// The params and the result of each method, by name.
  private var methodMap: String {
    let lines = api.methods.map { method in
      let result = type(method.selectedResult ?? method.result)
      return "  \(quoted(method.fullName)): { params: \(method.paramsType); result: \(result) };\n"
    }
    return """
      /** The params and the result of each method. */
      export interface Methods {
      \(lines.joined())}

      """
  }

  private var namespaces: [String] { api.namespaces.map(\.name) }

  private func namespaceClass(_ name: String, _ methods: [ClientMethod]) -> String {
    """
    /** The methods `\(name).*`. */
    export class \(NamedSchemas.typeName(of: name))Methods {
      private readonly caller: Caller;

      constructor(caller: Caller) {
        this.caller = caller;
      }
    \(methods.map(function).joined())}

    """
  }

  private func function(_ method: ClientMethod) -> String {
    let name = lowerCamel(method.name)
    let optional = method.needsNoParams ? "?" : ""
    var signatures = ""
    if let selected = method.selectedResult {
      signatures = """
          \(name)(
            params: \(method.paramsType) & { fields: ReadonlyArray<UserField> },
          ): Promise<\(type(selected))>;
          \(name)(
            params\(optional): \(method.paramsType) & { fields?: null },
          ): Promise<\(type(method.result))>;
          \(name)(params: \(method.paramsType)): Promise<\(type(selected))>;

        """
    }
    let result = type(method.selectedResult ?? method.result)
    let params = "params: \(method.paramsType)\(method.needsNoParams ? " = {}" : "")"
    return """

        /** \(method.summary) */
      \(signatures)  \(name)(\(params)): Promise<\(method.selectedResult == nil ? result : "any")> {
          return this.caller.call(\(quoted(method.fullName)), params);
        }

      """
  }

  /// Params accept every object, and arrays that can't be changed.
  private func type(_ schema: Schema, isParam: Bool = false) -> String {
    switch schema {
    case .string, .bulkMethod: "string"
    case .enumeration(let words):
      api.enumeration(words) ?? words.map(quoted).joined(separator: " | ")
    case .integer: "number"
    case .boolean: "boolean"
    case .constantTrue: "true"
    case .freeObject: isParam ? "object" : "JSONObject"
    case .params: "JSONObject | unknown[]"
    case .dictionary(let value, _): "{ [name: string]: \(type(value)) }"
    case .array(let element, _):
      "\(isParam ? "ReadonlyArray" : "Array")<\(type(element, isParam: isParam))>"
    case .object: "JSONObject"
    case .nullable(let inner): "\(type(inner, isParam: isParam)) | null"
    case .secret(let inner): type(inner, isParam: isParam)
    case .named(let name): name
    }
  }

  private func quoted(_ word: String) -> String { "\"\(word)\"" }

  /// `get_current` → `getCurrent`.
  private func lowerCamel(_ name: String) -> String {
    let words = name.parts(at: "_")
    return words[0] + words.dropFirst().map(NamedSchemas.typeName).joined()
  }
}
