"""What mail providers report over HTTP about mail they took from us: bounces and complaints."""
