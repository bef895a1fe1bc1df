package core_test

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"strings"

	"github.com/samespan/samespan/core"
)

// A platform renews a token in a file. The file is read for each attempt of an
// export; an attempt without a token is retried.
func ExampleWithHeaders() {
	ctx := context.Background()
	tel, err := core.Setup(ctx, core.WithHeaders(func(context.Context) (map[string]string, error) {
		token, err := os.ReadFile("/var/run/secrets/tokens/collector")
		if err != nil {
			return nil, err
		}
		return map[string]string{"authorization": "Bearer " + strings.TrimSpace(string(token))}, nil
	}))
	if err != nil {
		fmt.Println(err)
		return
	}
	if err := tel.Serve(ctx, &http.Server{Addr: ":8080"}); err != nil {
		fmt.Println(err)
	}
}
