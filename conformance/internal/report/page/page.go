// Package page writes reports of the conformance suite as one HTML file: a
// matrix and, for each cell, what was sent, the received spans as a waterfall,
// and the differences between got and want.
//
// The file is self-contained: it works from disk and makes no network requests,
// which its Content-Security-Policy forbids too. Text from services and clients
// is escaped.
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

// scriptFiles are the names of the page's scripts in assets, in the order in which they run.
var scriptFiles = []string{"dom.js", "state.js", "filter.js", "waterfall.js", "detail.js", "panel.js", "grid.js", "main.js"}

// Write writes the page. Each report is a column, in the given order.
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

// script returns the content of all scriptFiles as one JavaScript function.
func script() (string, error) {
	all := "\"use strict\";(() => {\n"
	for _, name := range scriptFiles {
		source, err := assets.ReadFile("assets/" + name)
		if err != nil {
			return "", err
		}
		all += string(source)
	}
	return all + "})();", nil
}
