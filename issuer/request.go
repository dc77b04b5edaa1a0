package issuer

import "context"

// requestKey is where a context has the name of its request.
type requestKey struct{}

// WithRequest returns a context of the request with this name.
func WithRequest(ctx context.Context, name string) context.Context {
	return context.WithValue(ctx, requestKey{}, name)
}

// RequestOf returns the name of the request that ctx is of, or "".
func RequestOf(ctx context.Context) string {
	name, _ := ctx.Value(requestKey{}).(string)
	return name
}

// warnIn warns of something in a request, and says in which.
func (i *Issuer) warnIn(ctx context.Context, text string) {
	if name := RequestOf(ctx); name != "" {
		text += " (request " + name + ")"
	}
	i.warn(text)
}
