import Contract
import Glibc
import Server
import UserMethods
import Users

/// The arguments after a command, parsed by the declarations in `Option.all`.
struct Options {
  let command: Command

  var store: StoreAddress?
  /// The stores that a copy reads and makes.
  var source: StoreAddress?
  var target: StoreAddress?
  var caller: String?
  var limits = LaunchLimits()
  var wire = WireLimits()
  var owner: String?
  var name: String?
  /// The schema that holds a new store on a database server, and the roles that may use it.
  var schema: String?
  var grantees: [String] = []
  var format: RowFormat? {
    get { input.format }
    set { input.format = newValue }
  }
  var input = InputForm()
  var imports = ImportSettings()
  var exportForm = ExportForm()
  var reportPath: String?
  var token: TokenSource?
  /// The options that name the caller, as they were given.
  var credentials: [String] = []
  var policyPath: String?
  /// The policy in the file at `policyPath`.
  var policy: Policy?
  /// The token from the environment.
  var inheritedToken: String?
  var mail = "none"
  var mailFrom: String?
  var mailLink: String?
  var user: String?
  var scopes: [String]?
  var days: Int?
  var isJSON = false
  var isHelp = false
  /// The process id of the editor.
  var clientProcess: Int?
  var isAgreed = false
  var keepsTokens = false
  var before: Timestamp?
  var isLogJSON = false
  /// The form of the output; nil for the usual one.
  var output: OutputFormat?
  /// Whether to follow the pages of a list to its end.
  var isAll = false
  var since: EventStart?
  var types: String?

  /// The options in the given order; a switch has no value.
  private(set) var given: [(option: Option, value: String?)] = []
  /// The arguments that are not options.
  private(set) var words: [String] = []
  /// The form of the command, such as `create` of `token`, and its operands.
  var form: String?
  var operands: [String] = []

  init(_ arguments: [String], of command: Command) throws {
    self.command = command
    let taken = Option.taken(by: command)
    var rest = arguments[...]
    while let argument = rest.popFirst() {
      if argument == "--" {
        words += rest
        break
      }
      guard argument.begins(with: "-"), argument != "-" else {
        words.append(argument)
        continue
      }
      let parts = argument.parts(at: "=", countMax: 2)
      let option = try Self.option(parts[0], among: taken)
      switch option.effect {
      case .flag(let effect):
        if parts.count == 2 { throw UsageError("\(parts[0]) takes no value") }
        try effect(&self)
        given.append((option, nil))
      case .value(_, let values, let effect):
        guard let value = parts.count == 2 ? parts[1] : rest.popFirst() else {
          throw UsageError("\(parts[0]) needs a value")
        }
        try values.check(value, of: parts[0])
        try effect(&self, value)
        given.append((option, value))
      }
    }
    if !isHelp { try takeFromEnvironment(taken) }
  }

  private static func option(_ name: String, among taken: [Option]) throws -> Option {
    if let option = taken.first(where: { $0.names.contains(name) }) { return option }
    let nearest = Spelling.nearest(to: name, in: taken.filter(\.isListed).map(\.name))
    throw UsageError(
      "unknown option \(name)\(nearest.map { "; did you mean \($0)?" } ?? "")")
  }

  /// Applies the options that the environment gives and the command line does not.
  private mutating func takeFromEnvironment(_ taken: [Option]) throws {
    for option in taken where !given.contains(where: { $0.option.name == option.name }) {
      guard let variable = option.variable, let value = try Launch.variable(variable),
        case .value(_, let values, let effect) = option.effect
      else { continue }
      let credentialCount = credentials.count
      do {
        try values.check(value, of: option.name)
        try effect(&self, value)
      } catch let error as UsageError {
        throw UsageError("\(variable) in the environment: \(error.message)")
      }
      // Errors name the variable, which is what the reader can change.
      if credentials.count > credentialCount { credentials[credentialCount] = variable }
      given.append((option, value))
      // A mailer, and what it starts, must not act for this caller.
      unsetenv(variable)
    }
  }

  /// Unwraps a value that `checkUse` has required.
  func needed<Value>(_ value: Value?, _ name: StaticString) throws -> Value {
    guard let value else { throw UsageError("\(command.rawValue) needs \(name)") }
    return value
  }

  /// Splits the words into form and operands; refuses missing and superfluous arguments.
  mutating func checkUse() throws {
    let description = command.type.description
    (form, operands) = try description.operands(in: words, of: command)
    let name = [command.rawValue, form].compactMap { $0 }.joined(separator: " ")
    if let other = given.first(where: { !$0.option.means(form: form ?? "") }) {
      throw UsageError("\(name) takes no \(other.option.name)")
    }
    for option in Option.taken(by: command) where option.isRequired {
      if !option.means(form: form ?? "") || given.contains(where: { $0.option.name == option.name })
      {
        continue
      }
      throw UsageError("\(name) needs \(option.form)")
    }
  }
}
