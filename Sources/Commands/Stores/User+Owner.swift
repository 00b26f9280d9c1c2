import Contract
import UserMethods
import Users

extension User {
  /// The first account of a store, which owns it.
  static func owner(_ email: String, name: String?) throws -> User {
    do throws(Mismatch) {
      var ids = UserIDGenerator()
      let address = try Email(email).value
      let name = try Name(name ?? address.parts(at: "@")[0]).value
      // Before anything that a request of this millisecond makes.
      let time = Timestamp(milliseconds: Timestamp.now.milliseconds - 1)
      return User(owner: ids.next(at: time), email: address, name: name)
    } catch {
      throw UsageError("the owner's email or name \(error.message): \(email)")
    }
  }
}
