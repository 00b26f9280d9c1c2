import Contract
import JSON
import UserMethods

/// Reads policy files.
enum PolicyInput {
  private static let bytesMax = 1 << 20

  static func read(_ path: String) throws -> Policy {
    var text = try InputFile.read(path, bytesMax: bytesMax)
    Warning.ifOpenToAll(path, "policy file")
    return try text.withUTF8 { bytes in
      do {
        var parser = JSONParser()
        return try Policy(parser.parse(bytes))
      } catch let failure as Failure {
        throw refusal(of: path, failure)
      } catch {
        throw CommandError("\(path) is not JSON: \(error)", "Fix it and start again.")
      }
    }
  }

  /// Refuses a policy that only older versions of Roster accepted. A store may keep such a policy,
  /// but not adopt it as a new one.
  static func checkNew(_ policy: Policy, of path: String) throws {
    do throws(Failure) { try policy.checkNames() } catch { throw refusal(of: path, error) }
  }

  private static func refusal(of path: String, _ failure: Failure) -> CommandError {
    let problems = failure.problems.map { problem -> Notice in
      "  \(problem.pointer.isEmpty ? "/" : problem.pointer): \(problem.message)"
    }
    return CommandError(
      "the policy in \(path) can't be used",
      .lines(problems + ["schema/policy.json describes its form."]))
  }
}
