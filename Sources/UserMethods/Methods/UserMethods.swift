public import Contract
public import Users

/// The catalogue of `users.*`, in the order in which documents list them.
public enum UserMethods<Store: UserStore> {
  public static var all: [Method<Gate<Store>>] {
    let single: [Method<Gate<Store>>] = [
      List<Store>.method,
      Count<Store>.method,
      Get<Store>.method,
      GetCurrent<Store>.method,
      Create<Store>.method,
      Update<Store>.method,
      Delete<Store>.method,
      Restore<Store>.method,
      Invite<Store>.method,
      AcceptInvitation<Store>.method,
      Authenticate<Store>.method,
      ChangePassword<Store>.method,
      ResetPassword<Store>.method,
      CompletePasswordReset<Store>.method,
      CreateToken<Store>.method,
      ListTokens<Store>.method,
      RevokeToken<Store>.method,
      Events<Store>.method,
      Subscribe<Store>.method,
      Unsubscribe<Store>.method,
    ]
    return single + [Bulk<Store>.method(of: single)]
  }
}
