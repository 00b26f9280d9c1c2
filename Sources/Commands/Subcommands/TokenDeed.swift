import UserMethods
import Users

enum TokenDeed: String { case create, list, revoke }
