import Contract
import JSON
import UserMethods

/// Policies as people bring them.
enum PolicyInput {
  private static let bytesMax = 1 << 20

  static func read(_ path: String) throws -> Policy {
    var text = try InputFile.read(path, bytesMax: bytesMax)
    Warning.ifOpenToAll(path, "policy file")
    return try text.withUTF8 { bytes in
      do {
        var parser = JSONParser()
        let policy = try Policy(parser.parse(bytes))
        try policy.checkNames()
        return policy
      } catch let failure as Failure {
        let problems = failure.problems.map { problem -> Notice in
          "  \(problem.pointer.isEmpty ? "/" : problem.pointer): \(problem.message)"
        }
        throw CommandError(
          "the policy in \(path) can't be used",
          .lines(problems + ["schema/policy.json says how it has to look."]))
      } catch {
        throw CommandError("\(path) is not JSON: \(error)", "Mend it and start again.")
      }
    }
  }
}
