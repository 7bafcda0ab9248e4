# ecs-autoscale as a scheduled AWS Lambda function: the same that 'ecs-autoscale deploy' makes.

terraform {
  required_version = ">= 1.3"

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 5.32"
    }
  }
}

data "aws_region" "current" {}

locals {
  # Another value than deploy's, which is the deployment's name: 'ecs-autoscale deploy' and 'destroy' take what is made
  # here for somebody else's, and leave it alone.
  tags = {
    "ecs-autoscale:managed" = "terraform"
  }
}

resource "aws_cloudwatch_log_group" "this" {
  name              = "/aws/lambda/${var.name}"
  retention_in_days = 30
  tags              = local.tags
}

resource "aws_iam_role" "this" {
  name = "${var.name}-${data.aws_region.current.name}"
  tags = local.tags

  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { Service = "lambda.amazonaws.com" }
      Action    = "sts:AssumeRole"
    }]
  })
}

resource "aws_iam_role_policy" "this" {
  name   = "ecs-autoscale"
  role   = aws_iam_role.this.id
  policy = file(var.policy)
}

resource "aws_lambda_function" "this" {
  function_name    = var.name
  description      = "ecs-autoscale: scales ECS services and their instances"
  runtime          = "provided.al2023"
  handler          = "bootstrap"
  architectures    = [var.architecture]
  memory_size      = var.memory
  timeout          = var.timeout
  role             = aws_iam_role.this.arn
  filename         = var.package
  source_code_hash = filebase64sha256(var.package)
  tags             = local.tags

  # One pass at a time.
  reserved_concurrent_executions = 1

  logging_config {
    log_format            = "JSON"
    application_log_level = var.log_level
    log_group             = aws_cloudwatch_log_group.this.name
  }

  dynamic "environment" {
    for_each = nonsensitive(length(var.environment)) > 0 ? [1] : []

    content {
      variables = var.environment
    }
  }

  depends_on = [aws_iam_role_policy.this]
}

resource "aws_cloudwatch_event_rule" "this" {
  name                = var.name
  schedule_expression = var.schedule
  state               = "ENABLED"
  tags                = local.tags
}

resource "aws_lambda_permission" "this" {
  statement_id  = "ecs-autoscale-schedule"
  function_name = aws_lambda_function.this.function_name
  action        = "lambda:InvokeFunction"
  principal     = "events.amazonaws.com"
  source_arn    = aws_cloudwatch_event_rule.this.arn
}

resource "aws_cloudwatch_event_target" "this" {
  rule      = aws_cloudwatch_event_rule.this.name
  target_id = "ecs-autoscale"
  arn       = aws_lambda_function.this.arn

  depends_on = [aws_lambda_permission.this]
}
