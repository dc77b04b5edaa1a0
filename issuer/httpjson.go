package issuer

import (
	"context"
	"fmt"

	"github.com/chancery-vc/chancery/issuer/config"
	"github.com/chancery-vc/chancery/issuer/source"
	"github.com/chancery-vc/chancery/issuer/source/httpjson"
)

func (i *Issuer) openHTTPJSON(ctx context.Context, c config.Source) (*database, error) {
	files := httpjson.Files{Secrets: i.secrets, Token: c.HTTP.TokenFile, Certificate: i.pathOr(c.HTTP.Certificate), Key: c.HTTP.Key}
	var err error
	if c.HTTP.CA != "" {
		if files.CA, err = i.config.Read(c.HTTP.CA, config.MaxFileBytes); err != nil {
			return nil, fmt.Errorf("%w: ca: %w", httpjson.ErrCredentials, err)
		}
	}
	credentials, err := httpjson.Load(ctx, files)
	if err != nil {
		return nil, err
	}
	options := c.HTTP.Options()
	options.Credentials, options.Now, options.Random = credentials, i.now, i.random
	api, err := httpjson.Open(options)
	if err != nil {
		return nil, err
	}
	compile := func(_ context.Context, r source.Relation) (source.Source, error) { return api.Source(r) }
	return &database{compile: compile, prove: api.Prove, close: api.Close}, nil
}

// pathOr returns a configured path as an absolute one; none stays none.
func (i *Issuer) pathOr(path string) string {
	if path == "" {
		return ""
	}
	return i.config.Path(path)
}
