# What the static program is made of; read by tools/static.sh. A change here builds anew.

# libcurl and libmicrohttpd: the distribution's source packages, with its security patches. Of each
# file the SHA-256. When the distribution has gone on to another version, `make static` says so: look
# at what changed, then pin that one (or build what is served with SOURCES=served make static).
curl_version=7.88.1-10+deb12u15
curl_files="
2744f12e3aef161c0361743fa1b318296b122e566e47f381e4a63320fbcc23f4 curl_7.88.1-10+deb12u15.dsc
cdb38b72e36bc5d33d5b8810f8018ece1baa29a8f215b4495e495ded82bbf3c7 curl_7.88.1.orig.tar.gz
7a5a55d7123149a1b357f298cf895bd0a601e3a2807005ef6c95f3752803485f curl_7.88.1.orig.tar.gz.asc
961b78bc48492c5693e4decb352ddd176f343260a8956f48b2887874048ef23b curl_7.88.1-10+deb12u15.debian.tar.xz
"
libmicrohttpd_version=0.9.75-6
libmicrohttpd_files="
c0f8a9cd77c41285d2d48fc68bbee2e460a55042fcd5d3f6b9946c017d4b6846 libmicrohttpd_0.9.75-6.dsc
796e7e217a4802679fcac667a4e98501c53185dcf50ca0583870e84192620131 libmicrohttpd_0.9.75.orig.tar.xz
566c247bfbf67e20858705ae695f58db747d50ed8512f2bc46a28bef9086e5af libmicrohttpd_0.9.75-6.debian.tar.xz
"

# The static libraries and headers, as the distribution has them now; unpacked, never installed.
packages="libc6-dev linux-libc-dev libcrypt-dev libssl-dev libc-ares-dev libnghttp2-dev zlib1g-dev
          libjansson-dev libexpat1-dev libfyaml-dev"

# What libcurl is to have: HTTP/1.1 and HTTP/2 over OpenSSL, gzip, proxies, IPv6, SigV4, names
# resolved by c-ares (glibc's own resolver loads libraries at run time).
curl_on="--with-openssl=SYSROOT/usr --with-nghttp2 --with-zlib=SYSROOT/usr --enable-ares
         --enable-ipv6 --enable-crypto-auth --enable-static --disable-shared"
# What it is not to have, and what that means is in docs/lambda-package.md.
curl_off="--disable-ftp --disable-file --disable-ldap --disable-ldaps --disable-rtsp --disable-dict
          --disable-telnet --disable-tftp --disable-pop3 --disable-imap --disable-smb --disable-smtp
          --disable-gopher --disable-mqtt --disable-websockets
          --without-brotli --without-zstd --without-libidn2 --without-libpsl --without-libgsasl
          --without-libssh2 --without-librtmp --without-ca-bundle --without-ca-path
          --disable-ntlm --disable-ntlm-wb --disable-tls-srp --disable-unix-sockets
          --disable-openssl-auto-load-config
          --disable-cookies --disable-hsts --disable-alt-svc --disable-netrc --disable-doh
          --disable-mime --disable-dateparse --disable-progress-meter --disable-manual
          --disable-libcurl-option --disable-get-easy-options
          --disable-headers-api --disable-threaded-resolver --disable-dependency-tracking
          --disable-maintainer-mode --disable-werror"

# libmicrohttpd: a plain HTTP/1.1 server for `sim` and `demo`, by epoll.
libmicrohttpd_options="--enable-static --disable-shared --enable-epoll --disable-https --disable-bauth
          --disable-dauth --disable-httpupgrade --disable-postprocessor --disable-messages
          --disable-nls --disable-curl --disable-doc --disable-examples --disable-dependency-tracking"

library_cflags="-Os -ffunction-sections -fdata-sections -fstack-protector-strong -D_FORTIFY_SOURCE=2"
