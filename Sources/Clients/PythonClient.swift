internal import Contract

/// A client in Python 3.11 or later, on its standard library alone: the types of the API, and two
/// classes that call a child process, one of them for asyncio.
public struct PythonClient {
  private let api: ClientAPI

  public init(_ api: ClientAPI) { self.api = api }

  public var text: String {
    let names = api.namespaces.map(\.name)
    let sections =
      [Self.header(api.version)] + api.enumerations.map { enumeration($0.name, $0.words) }
      + api.objects.map(object) + api.methods.map(params) + listResults + [Self.errors]
      + api.namespaces.map { namespaceClass($0.name, $0.methods, isAsync: false) }
      + api.namespaces.map { namespaceClass($0.name, $0.methods, isAsync: true) }
      + [Self.shared, Self.process(names), Self.asyncProcess(names)]
    return sections.filter { !$0.isEmpty }.joined(separator: "\n\n")
  }

  private func enumeration(_ name: String, _ words: [String]) -> String {
    "\(name) = Literal[\n\(words.map { "    \(quoted($0)),\n" }.joined())]\n"
  }

  private func object(_ name: String, _ fields: [Field]) -> String {
    typedDict(name, fields)
  }

  /// Without the param `fields`, because it decides the type of the result (see `function`).
  private func params(_ method: ClientMethod) -> String {
    let params = method.params.filter {
      method.selectedResult == nil || $0.name != ClientMethod.selection
    }
    return typedDict(method.paramsType, params)
  }

  private func typedDict(_ name: String, _ fields: [Field]) -> String {
    if fields.isEmpty { return "class \(name)(TypedDict):\n    pass\n" }
    let isParams = name.ends(with: "Params")
    let lines = fields.map { field in
      let value = type(field.schema, isParam: isParams)
      let type = field.isRequired ? value : "NotRequired[\(value)]"
      return "    \(field.name): \(type)\n\(comment(field.description))"
    }
    return "class \(name)(TypedDict):\n\(lines.joined())"
  }

  /// A docstring below the field, which editors show.
  private func comment(_ description: String) -> String {
    description.isEmpty ? "" : "    \"\"\"\(description)\"\"\"\n"
  }

  /// Results that are lists get a name, because a class with a method `list` can't use Python's
  /// own `list`.
  private var listResults: [String] {
    api.methods.compactMap { method in
      guard case .array = method.result else { return nil }
      return "\(NamedSchemas.typeName(of: method.fullName))Result = \(type(method.result))\n"
    }
  }

  private func resultType(_ schema: Schema, of method: ClientMethod) -> String {
    if case .array = schema { return NamedSchemas.typeName(of: method.fullName) + "Result" }
    return type(schema)
  }

  private func namespaceClass(
    _ name: String, _ methods: [ClientMethod], isAsync: Bool
  ) -> String {
    let prefix = isAsync ? "Async" : ""
    return """
      class \(prefix)\(NamedSchemas.typeName(of: name))Methods:
          \(quoted3("The methods `\(name).*`."))

          def __init__(self, roster: \(prefix)Roster) -> None:
              self._roster = roster
      \(methods.map { function($0, isAsync: isAsync) }.joined())
      """
  }

  private func function(_ method: ClientMethod, isAsync: Bool) -> String {
    let prefix = isAsync ? "async " : ""
    let params = "**params: Unpack[\(method.paramsType)]"
    let result = resultType(method.result, of: method)
    var overloads = ""
    var signature = "self, \(params)"
    var returned = result
    if let selected = method.selectedResult {
      let partial = type(selected)
      overloads = """

            @overload
            \(prefix)def \(method.name)(self, \(params)) -> \(result): ...

            @overload
            \(prefix)def \(method.name)(
                self, *, fields: Sequence[UserField], \(params)
            ) -> \(partial): ...

        """
      signature = "self, **params: Any"
      returned = "Any"
    }
    let call = "self._roster.call(\(quoted(method.fullName)), params)"
    let value = isAsync ? "await \(call)" : call
    return """
      \(overloads)
          \(prefix)def \(method.name)(\(signature)) -> \(returned):
              \(quoted3(method.summary))
              result: \(returned) = \(value)
              return result

      """
  }

  /// Params accept every mapping, also a `TypedDict`.
  private func type(_ schema: Schema, isParam: Bool = false) -> String {
    switch schema {
    case .string, .bulkMethod: "str"
    case .enumeration(let words):
      api.enumeration(words) ?? "Literal[\(words.map(quoted).joined(separator: ", "))]"
    case .integer: "int"
    case .boolean: "bool"
    case .constantTrue: "Literal[True]"
    case .freeObject where isParam: "Mapping[str, object]"
    case .freeObject, .object: "dict[str, Any]"
    case .params: "dict[str, Any] | list[Any]"
    case .dictionary(let value, _): "dict[str, \(type(value))]"
    case .array(let element, _): "list[\(type(element))]"
    case .nullable(let inner): "\(type(inner, isParam: isParam)) | None"
    case .secret(let inner): type(inner, isParam: isParam)
    case .named(let name): name
    }
  }

  private func quoted(_ word: String) -> String { "\"\(word)\"" }

  private func quoted3(_ text: String) -> String { "\"\"\"\(text)\"\"\"" }
}
