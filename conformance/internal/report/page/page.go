// Package page shows reports of the conformance suite as one HTML file: a
// matrix to look at, and for each of its cells what was sent, the spans that
// arrived as a waterfall, and what was got and wanted.
//
// The file is whole in itself. It works from disk and asks no network for
// anything, which its Content-Security-Policy forbids too. What came from a
// service or its clients is shown, never interpreted.
package page

import (
	"crypto/sha256"
	"embed"
	"encoding/base64"
	"fmt"
	"html/template"
	"io"

	"github.com/samespan/samespan/conformance"
)

//go:embed assets
var assets embed.FS

// scripts are the page's, in the order in which they run, in one function.
var scripts = []string{"dom.js", "state.js", "filter.js", "waterfall.js", "detail.js", "panel.js", "grid.js", "main.js"}

// Write writes the page about the reports, the columns in their order.
func Write(w io.Writer, reports []conformance.Report) error {
	t, err := template.ParseFS(assets, "assets/page.html", "assets/matrix.html")
	if err != nil {
		return fmt.Errorf("page: %w", err)
	}
	style, err := assets.ReadFile("assets/page.css")
	if err != nil {
		return fmt.Errorf("page: %w", err)
	}
	script, err := script()
	if err != nil {
		return fmt.Errorf("page: %w", err)
	}
	sum := sha256.Sum256([]byte(script))
	v := newView(reports)
	v.Style = template.CSS(style)  //nolint:gosec // the package's own
	v.Script = template.JS(script) //nolint:gosec // the package's own
	v.Policy = "default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"
	if err := t.ExecuteTemplate(w, "page.html", v); err != nil {
		return fmt.Errorf("page: %w", err)
	}
	return nil
}

// script is all scripts as one: they share a scope of their own.
func script() (string, error) {
	all := "\"use strict\";(() => {\n"
	for _, name := range scripts {
		source, err := assets.ReadFile("assets/" + name)
		if err != nil {
			return "", err
		}
		all += string(source)
	}
	return all + "})();", nil
}
