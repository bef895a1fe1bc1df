package settings

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"sync"

	"github.com/samespan/samespan/internal/env"
)

// tlsFiles is a TLS configuration that is read from files.
type tlsFiles struct {
	// baseConfig is the configuration without the files, which replace parts of it. Nil
	// stands for Go's defaults.
	baseConfig *tls.Config

	// These are the paths of the files in PEM: CA certificates, the client certificate and
	// its key. A path is empty if the file is not configured.
	authorityFile, certificateFile, keyFile string

	mu sync.Mutex
	// contents are the contents of the three files, in the order of the fields above.
	contents [][]byte
	// config is the configuration made from contents.
	config *tls.Config
	// lastErr is the reason why the files could not be used at the last reading, or nil.
	lastErr error
}

// Load reads the files and returns the TLS configuration made from them. It returns the
// same pointer until the contents of the files change. If a file cannot be used, for
// example because a certificate has been renewed before its key, Load returns the last
// usable configuration together with the error.
func (f *tlsFiles) Load() (*tls.Config, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	contents, err := f.read()
	if err == nil && f.config != nil && slices.EqualFunc(contents, f.contents, bytes.Equal) {
		f.lastErr = nil
		return f.config, nil
	}
	var config *tls.Config
	if err == nil {
		config, err = newTLSConfig(f.baseConfig, contents)
	}
	f.lastErr = err
	if err == nil {
		f.contents, f.config = contents, config
	}
	return f.config, err
}

// Err returns the reason why the files could not be used at the last reading, or nil.
func (f *tlsFiles) Err() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.lastErr
}

// read returns the contents of the three files. The content of a file that is not
// configured is nil.
func (f *tlsFiles) read() ([][]byte, error) {
	contents := make([][]byte, 3)
	for i, name := range []string{f.authorityFile, f.certificateFile, f.keyFile} {
		if name == "" {
			continue
		}
		data, err := os.ReadFile(name)
		if err != nil {
			return nil, err
		}
		contents[i] = data
	}
	return contents, nil
}

// newTLSConfig returns a copy of base with a CA certificate, a client certificate and its
// key added. contents has the contents of these three files, in PEM. Each of them may be
// nil, and base may be nil.
func newTLSConfig(base *tls.Config, contents [][]byte) (*tls.Config, error) {
	config := &tls.Config{MinVersion: tls.VersionTLS12}
	if base != nil {
		config = withRecoveringCallbacks(base)
	}
	if authority := contents[0]; authority != nil {
		config.RootCAs = x509.NewCertPool()
		if !config.RootCAs.AppendCertsFromPEM(authority) {
			return nil, errors.New("no PEM certificate in the file")
		}
		config.InsecureSkipVerify = false // a CA certificate is useless without verification
	}
	if contents[1] != nil {
		certificate, err := tls.X509KeyPair(contents[1], contents[2])
		if err != nil {
			return nil, err
		}
		config.Certificates, config.GetClientCertificate = []tls.Certificate{certificate}, nil
	}
	return config, nil
}

// readTLSFiles returns the usable certificate files, which replace parts of base. It
// reads the files even if the connection is not encrypted, so that a wrong path is
// reported.
func (v otlpVariables) readTLSFiles(base *tls.Config) *tlsFiles {
	files := &tlsFiles{baseConfig: base}
	v.readEither("CERTIFICATE", func(name string, _ bool) {
		path, ok := v.vars.Lookup(name)
		if !ok {
			return
		}
		if _, err := (&tlsFiles{authorityFile: path}).Load(); err != nil {
			v.addVariableError(&env.Invalid{Name: v.vars.Label(name), Value: path, Err: err, Want: "a readable file with PEM certificates"})
		} else {
			files.authorityFile = path
		}
	})
	certName, ownCert := v.variableName("CLIENT_CERTIFICATE")
	keyName, keyIsSignalOwn := v.variableName("CLIENT_KEY")
	errorsBefore := v.errorCount
	files.certificateFile, files.keyFile = v.readClientFiles(certName, keyName)
	if (ownCert || keyIsSignalOwn) && v.errorCount > errorsBefore && v.vars.Label(certName) == certName {
		v.ignoredSuffixes["CLIENT_CERTIFICATE"], v.ignoredSuffixes["CLIENT_KEY"] = true, true
		files.certificateFile, files.keyFile = v.readClientFiles("OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE", "OTEL_EXPORTER_OTLP_CLIENT_KEY")
	}
	// Load the files now, so that this configuration remains in effect if the files cannot be
	// read later, for example after the process has dropped its privileges.
	_, _ = files.Load()
	return files
}

// readClientFiles returns the files of the client certificate and its key. It returns
// either both or neither.
func (v otlpVariables) readClientFiles(certName, keyName string) (certFile, keyFile string) {
	certFile, hasCert := v.vars.Lookup(certName)
	keyFile, hasKey := v.vars.Lookup(keyName)
	switch {
	case hasCert && hasKey:
		_, err := (&tlsFiles{certificateFile: certFile, keyFile: keyFile}).Load()
		if err == nil {
			return certFile, keyFile
		}
		v.addVariableError(&env.Invalid{Name: v.vars.Label(certName), Value: certFile,
			Err:  fmt.Errorf("cannot be used with %s=%q: %w", v.vars.Label(keyName), keyFile, err),
			Want: "readable PEM files with a certificate and its private key"})
	case hasCert:
		v.addVariableError(&env.Invalid{Name: v.vars.Label(certName), Value: certFile, Problem: v.vars.Label(keyName) + " is not set", Want: "both or neither"})
	case hasKey:
		v.addVariableError(&env.Invalid{Name: v.vars.Label(keyName), Value: keyFile, Problem: v.vars.Label(certName) + " is not set", Want: "both or neither"})
	}
	return "", ""
}

// String describes the certificate files and the configuration of WithTLSConfig. It
// returns "" if neither is used.
func (f *tlsFiles) String() string {
	if f.baseConfig != nil {
		return f.describeBase()
	}
	var text strings.Builder
	if f.authorityFile != "" {
		text.WriteString(", custom CA")
	}
	if f.certificateFile != "" {
		text.WriteString(", client certificate")
	}
	return text.String()
}
