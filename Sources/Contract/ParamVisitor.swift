public import JSON

/// Visits the declared params of a method: decodes them from a request, by name or by position, and
/// reports every problem at once; or collects their description.
public struct ParamVisitor {
  private let json: JSONValue?
  private let ignoresNulls: Bool
  private var problems: [Failure.Problem] = []
  /// How many fields of an object were claimed by a param, and how many it has.
  private var claimed = 0
  private var given = 0
  /// The remaining elements of an array, and how many were taken.
  private var elements: JSONValue.Elements?
  private var position = 0
  /// nil while decoding.
  private var described: [Field]?

  private init(_ json: JSONValue?, ignoresNulls: Bool = false) {
    self.json = json
    self.ignoresNulls = ignoresNulls
    switch json?.kind {
    case .array: elements = json?.elements
    case .object: given = json?.count ?? 0
    default: break
    }
  }

  /// Decodes `P`, or throws all its problems.
  ///
  /// `unknown` is the message for a name that is not declared. With `isPart`, repeated names are
  /// not reported, because the caller that decodes the whole reports them. With `ignoresNulls`, a
  /// null field counts as absent.
  public static func decode<P: Params>(
    _ type: P.Type, _ json: JSONValue?, unknown: StaticString = "is not a param of this method",
    isPart: Bool = false, ignoresNulls: Bool = false
  ) throws(Failure) -> P {
    var visitor = ParamVisitor(json, ignoresNulls: ignoresNulls)
    let params = P(&visitor)
    visitor.finish(type, unknown, isPart)
    if !visitor.problems.isEmpty { throw .invalidParams(visitor.problems) }
    return params
  }

  /// The params that `P` declares.
  public static func fields<P: Params>(of type: P.Type) -> [Field] {
    var visitor = ParamVisitor(nil)
    visitor.described = []
    _ = P(&visitor)
    return visitor.described ?? []
  }

  public mutating func required<T: ParamValue>(_ name: StaticString, _ description: StaticString)
    -> T
  {
    if described != nil {
      describe(name, nil, description, T.schema, isRequired: true)
    } else if let (value, location) = take(name, nil) {
      return decode(value, location) ?? T.placeholder
    } else {
      problems.append(.init("/\(name)", "is required"))
    }
    return T.placeholder
  }

  /// nil when absent or null.
  @inline(__always)
  public mutating func optional<T: ParamValue>(
    _ name: StaticString, alias: StaticString? = nil, _ description: StaticString
  ) -> T? {
    if isDone { return nil }
    return someOptional(name, alias, description)
  }

  private mutating func someOptional<T: ParamValue>(
    _ name: StaticString, _ alias: StaticString?, _ description: StaticString
  ) -> T? {
    if described != nil {
      describe(name, alias, description, .nullable(T.schema), isRequired: false)
      return nil
    }
    guard let (value, location) = take(name, alias), value.kind != .null else { return nil }
    return decode(value, location)
  }

  /// A boolean that is false unless set.
  public mutating func flag(_ name: StaticString, _ description: StaticString) -> Bool {
    optional(name, description) ?? false
  }

  /// A field of a patch: absent keeps the value, null clears it, unless null counts as absent.
  @inline(__always)
  public mutating func patch<T: ParamValue>(
    _ name: StaticString, alias: StaticString?, canClear: Bool, _ description: StaticString
  ) -> Patch<T> {
    if isDone { return .keep }
    return somePatch(name, alias, canClear, description)
  }

  private mutating func somePatch<T: ParamValue>(
    _ name: StaticString, _ alias: StaticString?, _ canClear: Bool, _ description: StaticString
  ) -> Patch<T> {
    if described != nil {
      describe(
        name, alias, description, canClear ? .nullable(T.schema) : T.schema, isRequired: false)
      return .keep
    }
    guard let (value, location) = take(name, alias) else { return .keep }
    if value.kind == .null {
      // By position, null is the only way to leave a field out.
      if json?.kind == .array { return .keep }
      if canClear { return .clear }
      problems.append(.init(location.pointer, "can't be null; leave it out to keep the value"))
      return .keep
    }
    return decode(value, location).map { .set($0) } ?? .keep
  }

  /// All params of the request in canonical JSON, to compare them with those of another request.
  public var canonicalParams: String {
    guard let json else { return "" }
    var out = ByteBuffer()
    out.append(canonical: json)
    return out.string
  }

  /// Adds a problem with a combination of values.
  public mutating func report(_ pointer: String, _ message: String) {
    if described == nil { problems.append(.init(pointer, message)) }
  }

  /// Whether every field is claimed; most requests name few of a method's params.
  private var isDone: Bool { claimed == given && elements == nil && described == nil }

  private mutating func describe(
    _ name: StaticString, _ alias: StaticString?, _ description: StaticString, _ schema: Schema,
    isRequired: Bool
  ) {
    described?.append(
      Field(
        name.description, alias: alias?.description, description.description, schema,
        isRequired: isRequired))
  }

  /// The location of a value; its pointer is only built for a problem.
  private enum Location {
    case name(StaticString)
    case position(Int)

    var pointer: String {
      switch self {
      case .name(let name): "/\(name)"
      case .position(let position): "/\(position)"
      }
    }
  }

  private mutating func decode<T: ParamValue>(_ value: JSONValue, _ location: Location) -> T? {
    do {
      return try T(value)
    } catch {
      problems += error.problems.map { .init(location.pointer + $0.pointer, $0.message) }
      return nil
    }
  }

  private mutating func take(
    _ name: StaticString, _ alias: StaticString?
  ) -> (JSONValue, Location)? {
    if elements != nil {
      position += 1
      return elements?.next().map { ($0, .position(position - 1)) }
    }
    if claimed == given { return nil }
    var found: (JSONValue, Location)?
    if let value = claim(name) { found = (value, .name(name)) }
    if let alias, let value = claim(alias) {
      if found != nil {
        problems.append(.init("/\(name)", "is the same as \"\(alias)\"; give one of the two"))
        problems.append(.init("/\(alias)", "is the same as \"\(name)\"; give one of the two"))
      }
      found = found ?? (value, .name(alias))
    }
    return found
  }

  private mutating func claim(_ name: StaticString) -> JSONValue? {
    guard let value = json?.field(name) else { return nil }
    claimed += 1
    return ignoresNulls && value.kind == .null ? nil : value
  }

  /// Reports the fields that no param has claimed, and repeated names.
  private mutating func finish<P: Params>(
    _ type: P.Type, _ unknown: StaticString, _ isPart: Bool
  ) {
    guard let json else { return }
    while let extra = elements?.next() {
      if extra.kind != .null {
        problems.append(.init("/\(position)", "is not expected: the method has fewer params"))
      }
      position += 1
    }
    // An array has no names. If every field is claimed, none can be unknown or repeated.
    if claimed < given { reportUnclaimed(json, Self.fields(of: type), unknown) }
    if !isPart, let nested = json.firstDuplicate() {
      problems.append(.init(json.pointer(to: nested), "appears twice in its object"))
    }
  }

  private mutating func reportUnclaimed(
    _ json: JSONValue, _ fields: [Field], _ unknown: StaticString
  ) {
    let known = fields.flatMap { [$0.name] + ($0.alias.map { [$0] } ?? []) }
    for (key, _) in json.fields {
      let name = key.string ?? ""
      if known.contains(name) { continue }
      let nearest = Spelling.nearest(to: name, in: known).map { "; did you mean \"\($0)\"?" }
      problems.append(
        .init("/" + JSONPointer.escape(name), unknown.description + (nearest ?? "")))
    }
  }
}
