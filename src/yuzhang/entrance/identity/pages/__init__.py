"""The pages of identity: coming in, becoming a party, and one's own account."""

from yuzhang.entrance.identity.pages import account, acting, administration, entering, joining, purpose

ROUTERS = (entering.router, joining.router, account.router, acting.router, purpose.router, administration.router)
