public import Contract

/// The catalogue of `users.*`, in the order in which documents list them.
public enum UserMethods<Store: UserStore> {
  public static var all: [Method<Authorized<Store>>] {
    [
      List<Store>.method,
      Count<Store>.method,
      Get<Store>.method,
      GetCurrent<Store>.method,
      Create<Store>.method,
      Update<Store>.method,
      Delete<Store>.method,
    ]
  }
}
