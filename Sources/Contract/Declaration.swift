/// A method's description, with the type of its params: data, whatever runs it.
///
/// `P` is not bound to `Params` here but where one is made: the runtime would look up for each of them, when
/// the process starts, that it is, and take a third longer to start.
public struct Declaration<P>: Sendable {
  public let about: MethodDescription

  public init(
    _ params: P.Type, _ name: StaticString, _ summary: Words, access: Access, effect: Effect,
    isIdempotent: Bool, runsOthers: Bool = false, tool: AgentTool? = nil,
    refusals: [Failure.Kind] = [],
    result: @autoclosure @escaping @Sendable () -> Shape,
    examples: @autoclosure @escaping @Sendable () -> [MethodExample]
  ) where P: Params {
    about = MethodDescription(
      name, summary, access: access, effect: effect, isIdempotent: isIdempotent,
      runsOthers: runsOthers, tool: tool, refusals: refusals, examples: examples
    ) { (ParamVisitor.fields(of: P.self), result()) }
  }
}
