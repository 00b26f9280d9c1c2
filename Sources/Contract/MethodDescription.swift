/// All that is to be said of a method. Dispatch, validation, documents and tests read it here.
public struct MethodDescription: Sendable {
  public let name: StaticString
  public let summary: Words
  public let access: Access
  public let effect: Effect
  /// Whether doing it twice leaves what doing it once does.
  public let isIdempotent: Bool
  /// Whether it runs other methods, so that its reply may be long.
  public let runsOthers: Bool
  /// nil for what agents don't get.
  public let tool: AgentTool?
  private let ownRefusals: [Failure.Kind]
  /// What params and result look like. Only documents and messages ask, and a server that starts does
  /// not wait for them to be put together.
  private let shape: @Sendable () -> (params: [Field], result: Shape)
  private let madeExamples: @Sendable () -> [MethodExample]

  init(
    _ name: StaticString, _ summary: Words, access: Access, effect: Effect, isIdempotent: Bool,
    runsOthers: Bool, tool: AgentTool?, refusals: [Failure.Kind],
    examples: @escaping @Sendable () -> [MethodExample],
    shape: @escaping @Sendable () -> (params: [Field], result: Shape)
  ) {
    self.name = name
    self.summary = summary
    self.access = access
    self.effect = effect
    self.isIdempotent = isIdempotent
    self.runsOthers = runsOthers
    self.tool = tool
    ownRefusals = refusals
    self.shape = shape
    madeExamples = examples
  }

  public var params: [Field] { shape().params }
  public var result: Shape { shape().result }
  /// Both, for who wants both: they are put together anew each time.
  public var shapes: (params: [Field], result: Shape) { shape() }
  /// What its callers can be refused with besides the envelope's errors: what follows from who may
  /// call and what it changes, and its own.
  public var refusals: [Failure.Kind] {
    var kinds = Set(ownRefusals)
    if access != .open { kinds.formUnion([.unauthenticated, .permissionDenied]) }
    if effect != .read { kinds.formUnion([.permissionDenied, .storageFull, .outcomeUnknown]) }
    if access != .open || effect != .read { kinds.insert(.storageUnavailable) }
    return Failure.Kind.allCases.filter { kinds.contains($0) }
  }

  /// Whether a bulk takes it: what changes something, and is not open to all.
  public var isInBulk: Bool { effect != .read && !access.capabilities.isEmpty }

  /// At least one.
  public var examples: [MethodExample] { madeExamples() }

  /// The name as a tool, which hosts allow letters, digits and underscores for.
  public var toolName: String { String(name.description.map { $0 == "." ? "_" : $0 }) }
}
