/// The whole description of a method, for dispatch, validation, documents and tests.
public final class MethodDescription: Sendable {
  public let name: StaticString
  public let summary: Words
  public let access: Access
  public let effect: Effect
  /// Whether two identical calls have the same effect as one.
  public let isIdempotent: Bool
  /// Whether it runs other methods, so that its reply may be long.
  public let runsOthers: Bool
  /// nil for a method that is not a tool.
  public let tool: MCPTool?
  private let ownRefusals: [Failure.Kind]
  /// The schemas of params and result. Only documents and messages need them, so they are built on
  /// demand and do not delay the start of a server.
  private let schema: @Sendable () -> (params: [Field], result: Schema)
  private let madeExamples: @Sendable () -> [MethodExample]

  init(
    _ name: StaticString, _ summary: Words, access: Access, effect: Effect, isIdempotent: Bool,
    runsOthers: Bool, tool: MCPTool?, refusals: [Failure.Kind],
    examples: @escaping @Sendable () -> [MethodExample],
    schema: @escaping @Sendable () -> (params: [Field], result: Schema)
  ) {
    self.name = name
    self.summary = summary
    self.access = access
    self.effect = effect
    self.isIdempotent = isIdempotent
    self.runsOthers = runsOthers
    self.tool = tool
    ownRefusals = refusals
    self.schema = schema
    madeExamples = examples
  }

  public var params: [Field] { schema().params }
  public var result: Schema { schema().result }
  /// Both, for callers that need both: they are built again on each access.
  public var schemas: (params: [Field], result: Schema) { schema() }
  /// The kinds of errors that callers can get besides those of the envelope: the kinds that follow
  /// from access and effect, and the method's own.
  public var refusals: [Failure.Kind] {
    var kinds = Set(ownRefusals)
    if access != .open { kinds.formUnion([.unauthenticated, .permissionDenied]) }
    if effect != .read { kinds.formUnion([.permissionDenied, .storageFull, .outcomeUnknown]) }
    if access != .open || effect != .read { kinds.insert(.storageUnavailable) }
    return Failure.Kind.allCases.filter { kinds.contains($0) }
  }

  /// Whether `users.bulk` accepts it: it changes something and needs a capability.
  public var isInBulk: Bool { effect != .read && !access.capabilities.isEmpty }

  /// At least one.
  public var examples: [MethodExample] { madeExamples() }

  /// The name of the tool. Hosts allow only letters, digits and underscores in it.
  public var toolName: String { String(name.description.map { $0 == "." ? "_" : $0 }) }
}
